import { join } from 'node:path';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../chaincode/protocol/identifiers.ts';
import { telemetryTopic } from '../chaincode/protocol/topics.ts';
import {
  authorityFile,
  fetchCertificate,
  onboardByCode,
  type OnboardedDevice,
  type OnboardingGateway,
} from '../ingest/device/onboarding.ts';
import { certificateFile } from '../ingest/device/credentials.ts';
import { keyFile } from '../ingest/device/key.ts';
import { openHome } from '../network/home/home.ts';
import { printJson, runCommand } from './cli/command.ts';
import { readInput } from './cli/input-file.ts';

const HELP = `
npm run onboard -- --code CODE [--devices FOLDER] [--gateway URL] [--authority FILE] [--json]
npm run onboard -- --device ID [--devices FOLDER] [--gateway URL] [--authority FILE] [--json]

Makes this machine a device: with a claim code, as an administrator's POST /api/v1/claims or the dashboard gives it, or as a
device whose key the ledger has already (by a voucher or a bulk registration) and that lacks its certificate.

  --code CODE       seven groups of four; blanks, hyphens and case do not matter. A key is made here and never leaves;
                    when the answer is lost, the same command goes on, and when this machine has the device already, it
                    says so
  --device ID       the device whose key is in FOLDER/ID/key.pem
  --devices FOLDER  where the device gets its folder; default: devices of this instance
  --gateway URL     default: that of this instance, such as https://127.0.0.1:8440
  --authority FILE  certificate (PEM) of the authority that issued the gateway's own; default: that of this instance
  --json            one JSON object as the last line: device, broker, folder, already

The folder then has key.pem, cert.pem, authority.pem and device.json, and a command is printed that sends a message with
Mosquitto's own client. npm run replay takes the device, too.

Exit code 0 when the certificate is there; 1 when not; 2 for an unknown option.
`;

await runCommand({
  help: HELP,
  options: {
    code: { type: 'string' },
    device: { type: 'string' },
    devices: { type: 'string' },
    gateway: { type: 'string' },
    authority: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  async run({ values, positionals }) {
    if (positionals.length > 0) throw wrong('nothing but options is understood here');
    const onboarded = await onboard({ code: undefined, device: undefined, ...values });
    process.stderr.write(`${describe(onboarded)}\n`);
    if (values.json) printJson(onboarded);
    return 0;
  },
});

interface Options {
  code: string | undefined;
  device: string | undefined;
  devices?: string;
  gateway?: string;
  authority?: string;
}

function wrong(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}

async function onboard({ code, device, ...options }: Options): Promise<OnboardedDevice> {
  if ((code === undefined) === (device === undefined)) throw wrong('give --code or --device, one of them');
  const gateway = gatewayOf(options);
  const devices = options.devices ?? openHome().path('devices');
  if (code !== undefined) return onboardByCode(code, { devices, gateway });
  const id = deviceIdSchema.safeParse(device);
  if (!id.success) throw wrong(`--device: ${id.error.issues[0]?.message ?? 'no device id'}`);
  return fetchCertificate(id.data, { folder: join(devices, id.data), gateway });
}

function gatewayOf({ gateway, authority }: Pick<Options, 'gateway' | 'authority'>): OnboardingGateway {
  const url = gateway ?? `https://127.0.0.1:${openHome().ports.gateway}`;
  if (!URL.canParse(url) || !url.startsWith('https://')) {
    throw wrong('--gateway is an address that begins with https://');
  }
  return { url, authority: readInput(authority ?? openHome().path('pki', 'platform-ca', 'cert.pem')) };
}

function describe({ device, broker, folder, already }: OnboardedDevice): string {
  const message = JSON.stringify({ seq: 1, ts: Date.now(), values: { temperature: 21.5 } });
  const topic = telemetryTopic({ tenant: device.tenant, device: device.id });
  return [
    `${device.id} (tenant ${device.tenant}, type ${device.type}) ${already ? 'was onboarded here before, and has' : 'has'} its certificate: ${folder}`,
    'Send something:',
    `  mosquitto_pub -V 5 -h ${broker.host} -p ${broker.port} --cafile ${authorityFile(folder)} \\`,
    `    --cert ${certificateFile(folder)} --key ${keyFile(folder)} \\`,
    `    -q 1 -t ${topic} -m '${message}'`,
  ].join('\n');
}
