import {
  ORGANISATION_NAMES,
  type Organisation,
  type OrganisationName,
  ORGANISATIONS,
} from './organisations.ts';

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
  /** Of the organisation's second peer, when it has one. */
  readonly secondPeer: PeerPorts;
}

/** The TCP ports of one peer. */
export interface PeerPorts {
  readonly peer: number;
  readonly peerChaincode: number;
  readonly peerOperations: number;
}

/** Every port of an instance, all on 127.0.0.1 and all derived from one base. */
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
  /** CoAP for devices, over UDP: what they send is signed. */
  readonly coap: number;
  /** The same behind DTLS, over UDP. */
  readonly coaps: number;
  readonly organisations: Readonly<Record<OrganisationName, OrganisationPorts>>;
}

/** An instance keeps to the ports `[base, base + PORT_SPAN)`. */
export const PORT_SPAN = 100;

const FIRST_ORGANISATION = 10;
const PORTS_PER_ORGANISATION = 10;

/** So many organisations find room in an instance's range. */
export const MOST_ORGANISATIONS = (PORT_SPAN - FIRST_ORGANISATION) / PORTS_PER_ORGANISATION;

export function portsFrom(base: number): Ports {
  return {
    base,
    gateway: base,
    dashboard: base + 1,
    mqtt: base + 2,
    mqttInternal: base + 3,
    ingestOperations: base + 4,
    issuer: base + 5,
    coap: base + 6,
    coaps: base + 7,
    organisations: {
      manufacturer: organisationPorts(base, ORGANISATIONS.manufacturer),
      operator: organisationPorts(base, ORGANISATIONS.operator),
      auditor: organisationPorts(base, ORGANISATIONS.auditor),
    },
  };
}

/** Every TCP port of the instance as a flat list, to ask whether they are free. */
export function listPorts(ports: Ports): number[] {
  const { gateway, dashboard, mqtt, mqttInternal, ingestOperations, issuer } = ports;
  const servers = ORGANISATION_NAMES.flatMap((name) => {
    const { secondPeer, ...first } = ports.organisations[name];
    return Object.values<number>({ ...first }).concat(Object.values<number>({ ...secondPeer }));
  });
  return [gateway, dashboard, mqtt, mqttInternal, ingestOperations, issuer, ...servers];
}

/** The ports of any organisation, founder or not. */
export function portsOf({ base }: Pick<Ports, 'base'>, organisation: Organisation): OrganisationPorts {
  return organisationPorts(base, organisation);
}

function organisationPorts(base: number, { index }: Organisation): OrganisationPorts {
  const first = base + FIRST_ORGANISATION + PORTS_PER_ORGANISATION * index;
  return {
    peer: first,
    peerChaincode: first + 1,
    peerOperations: first + 2,
    orderer: first + 3,
    ordererAdmin: first + 4,
    ordererOperations: first + 5,
    chaincode: first + 6,
    secondPeer: { peer: first + 7, peerChaincode: first + 8, peerOperations: first + 9 },
  };
}
