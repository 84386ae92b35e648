import { userInfo } from 'node:os';

import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { allProbes, tcpProbe } from '../../network/processes/probes.ts';
import type { ProcessSpec } from '../../network/processes/process-spec.ts';
import { requireProgram } from './debian.ts';

/**
 * Far more than a message may have (8 KiB): what is too large is to reach ingest, which refuses it with a reason, tells
 * the device and names it in the audit trail. Only what is absurd ends at the broker.
 */
const LARGEST_PACKET_BYTES = 2 * 1024 * 1024;

/** The broker that devices and services meet at. Its files are written anew at each start, from the home alone. */
export function mosquittoProcess(home: Home): ProcessSpec {
  const { mqtt, mqttInternal } = home.ports;
  return {
    name: 'mosquitto',
    command: requireProgram('mosquitto'),
    args: ['-c', file(home, 'mosquitto.conf')],
    env: {},
    port: mqtt,
    otherPorts: [mqttInternal],
    ready: allProbes(tcpProbe(mqtt), tcpProbe(mqttInternal)),
  };
}

/** Writes the broker's configuration and its two access lists. A running broker reads the lists again on SIGHUP. */
export function writeMosquittoFiles(home: Home): void {
  writeFileAtomically(file(home, 'devices.acl'), DEVICE_ACCESS);
  writeFileAtomically(file(home, 'services.acl'), SERVICE_ACCESS);
  writeFileAtomically(
    file(home, 'mosquitto.conf'),
    [...generalSettings(), ...deviceListener(home), ...serviceListener(home), ''].join('\n'),
  );
}

function file(home: Home, name: string): string {
  return home.path('data', 'mosquitto', name);
}

/**
 * `%u` is the user name, which is the certificate's common name, which is the device's id. The tenant stays open
 * here (`+`): ingest compares it with the ledger, and names a wrong one in the audit trail.
 */
const DEVICE_ACCESS = `pattern write biot/v1/+/%u/telemetry
pattern read biot/v1/+/%u/receipt
pattern read biot/v1/+/%u/command
pattern write biot/v1/+/%u/answer
pattern write biot/v1/+/%u/presence
pattern read biot/v1/+/%u/firmware
pattern write biot/v1/+/%u/update
pattern read biot/v1/+/%u/desired
pattern write biot/v1/+/%u/reported
`;

/**
 * What a service may do beside its own duty is nothing: a stolen gateway can write no receipt, no order, no telemetry. It reads
 * orders for the devices that wait for theirs over HTTP.
 */
const SERVICE_ACCESS = `user ingest-1
topic read biot/v1/+/+/telemetry
topic read biot/relay/#
topic read biot/v1/+/+/answer
topic read biot/v1/+/+/presence
topic read biot/v1/+/+/reported
topic read biot/v1/+/+/update
topic write biot/v1/+/+/receipt
topic write biot/v1/+/+/command
topic write biot/v1/+/+/firmware
topic write biot/v1/+/+/desired
topic write biot/live/#
topic write biot/anchored/#
topic write biot/commands/#
topic write biot/alerts/#
topic write biot/presence/#

user guard

user gateway
topic read biot/live/#
topic read biot/anchored/#
topic read biot/commands/#
topic read biot/alerts/#
topic read biot/presence/#
topic read biot/v1/+/+/command
topic write biot/relay/#
`;

function generalSettings(): string[] {
  return [
    // Without it the access list of one listener would be that of the other, too.
    'per_listener_settings true',
    // Started as root, the broker would become the user "mosquitto", who cannot enter the home (0700).
    `user ${userInfo().username}`,
    'log_dest stdout',
    'log_type error',
    'log_type warning',
    'log_type notice',
    'log_timestamp_format %Y-%m-%dT%H:%M:%S',
    // A fleet that reconnects would fill the disk with two lines a device.
    'connection_messages false',
    // Nothing rests on what the broker remembers: a device keeps each message until the receipt for it, and sends
    // it again. A broker that saved its queues would lose what came since the last save all the same, and after a
    // restart deliver messages a second time that the devices are sending again anyhow.
    'persistence false',
    // An hour away is gone for good: a session kept longer only gathers a queue. (Ingest asks for less.)
    'persistent_client_expiration 1h',
    // Queues are bounded in number and in bytes; what does not fit is dropped, and sent again by its device.
    'max_queued_messages 50000',
    'max_queued_bytes 67108864',
    // How many QoS 1 messages a device may have in flight, as it is told (MQTT 5, Receive Maximum).
    'max_inflight_messages 1000',
    // A larger packet ends the connection with 0x95 before the broker has read it.
    `max_packet_size ${LARGEST_PACKET_BYTES}`,
    // MQTT 5 clients are told this bound when they ask for more, so a dead connection is found within minutes.
    'max_keepalive 300',
    // Otherwise Nagle's algorithm and delayed acknowledgements add 40 ms to a round trip.
    'set_tcp_nodelay true',
  ];
}

function deviceListener(home: Home): string[] {
  return [
    '',
    `listener ${home.ports.mqtt} 127.0.0.1`,
    ...mutualTls(home, 'devices-ca'),
    // Revoked certificates; read again on SIGHUP.
    `crlfile ${home.path('pki', 'devices-ca', 'crl.pem')}`,
    // Otherwise a device could end another's connection by connecting with its client id (MQTT 5, 3.1.4-3).
    'use_username_as_clientid true',
    `acl_file ${file(home, 'devices.acl')}`,
  ];
}

function serviceListener(home: Home): string[] {
  return [
    '',
    `listener ${home.ports.mqttInternal} 127.0.0.1`,
    ...mutualTls(home, 'platform-ca'),
    // Client ids are free here: taking over that of a revoked device is how its live connection is ended.
    `acl_file ${file(home, 'services.acl')}`,
  ];
}

/** The server shows its certificate of the platform's CA; clients must show one of `clientAuthority`. */
function mutualTls(home: Home, clientAuthority: string): string[] {
  return [
    'protocol mqtt',
    'tls_version tlsv1.2',
    `cafile ${home.path('pki', clientAuthority, 'cert.pem')}`,
    `certfile ${home.path('pki', 'mosquitto', 'cert.pem')}`,
    `keyfile ${home.path('pki', 'mosquitto', 'key.pem')}`,
    'require_certificate true',
    'use_identity_as_username true',
    'allow_anonymous false',
  ];
}
