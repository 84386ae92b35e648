import { ORGANISATION_NAMES, type OrganisationName, ORGANISATIONS } from './organisations.ts';

/** The TCP ports of one organisation's servers, all on 127.0.0.1. */
export interface OrganisationPorts {
  readonly peer: number;
  /** Where the peer listens for chaincode that dials in; unused by chaincode servers, yet always bound. */
  readonly peerChaincode: number;
  readonly peerOperations: number;
  readonly orderer: number;
  readonly ordererAdmin: number;
  readonly ordererOperations: number;
  readonly chaincode: number;
}

/** Every TCP port of an instance, all on 127.0.0.1 and all derived from one base. */
export interface Ports {
  readonly base: number;
  /** REST and WebSocket over HTTPS. */
  readonly gateway: number;
  /** The same with the dashboard, over HTTP. */
  readonly dashboard: number;
  /** MQTT for devices. */
  readonly mqtt: number;
  /** MQTT for ingest and the gateway. */
  readonly mqttInternal: number;
  /** Health and metrics of ingest. */
  readonly ingestOperations: number;
  /** Certificates for devices, for the gateway to ask for. */
  readonly issuer: number;
  readonly organisations: Readonly<Record<OrganisationName, OrganisationPorts>>;
}

/** An instance keeps to the ports `[base, base + PORT_SPAN)`. */
export const PORT_SPAN = 100;

const FIRST_ORGANISATION = 10;
const PORTS_PER_ORGANISATION = 10;

export function portsFrom(base: number): Ports {
  return {
    base,
    gateway: base,
    dashboard: base + 1,
    mqtt: base + 2,
    mqttInternal: base + 3,
    ingestOperations: base + 4,
    issuer: base + 5,
    organisations: {
      manufacturer: organisationPorts(base, 'manufacturer'),
      operator: organisationPorts(base, 'operator'),
      auditor: organisationPorts(base, 'auditor'),
    },
  };
}

/** Every port of the instance as a flat list, to ask whether they are free. */
export function listPorts(ports: Ports): number[] {
  const { gateway, dashboard, mqtt, mqttInternal, ingestOperations, issuer } = ports;
  const servers = ORGANISATION_NAMES.flatMap((name) =>
    Object.values<number>({ ...ports.organisations[name] }),
  );
  return [gateway, dashboard, mqtt, mqttInternal, ingestOperations, issuer, ...servers];
}

function organisationPorts(base: number, name: OrganisationName): OrganisationPorts {
  const first = base + FIRST_ORGANISATION + PORTS_PER_ORGANISATION * ORGANISATIONS[name].index;
  return {
    peer: first,
    peerChaincode: first + 1,
    peerOperations: first + 2,
    orderer: first + 3,
    ordererAdmin: first + 4,
    ordererOperations: first + 5,
    chaincode: first + 6,
  };
}
