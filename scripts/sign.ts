import { existsSync } from 'node:fs';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { homeDirectory, openHome } from '../network/home/home.ts';
import { jsonGateway } from '../network/signing/json-gateway.ts';
import type { Proposal } from '../network/signing/proposal.ts';
import { signAction } from '../network/signing/sign-action.ts';
import { printJson, runCommand } from './cli/command.ts';
import { readInput } from './cli/input-file.ts';
import { confirmed, proposalText, resultText } from './sign/confirm.ts';
import { httpsPost } from './sign/https-post.ts';
import { requestedAction, usageLines } from './sign/requested-action.ts';
import { readSigningKey } from './sign/signing-key.ts';

const HELP = `
npm run sign -- --key KEY.pem --cert CERT.pem CHANGE …

Changes something on the ledger with a key that the gateway never sees. The gateway prepares the transaction and passes
it on; here it is read, compared with what you asked for, shown, and only then signed. If the gateway prepared anything
else, nothing is signed.

  ${usageLines().join('\n  ')}

  --key FILE        the private key (P-256, PEM); of an encrypted one BIOT_KEY_PASSPHRASE is the passphrase
  --cert FILE       its certificate (PEM), issued by your organisation's authority
  --msp ID          your organisation's MSP id; otherwise by the certificate's name: admin@operator is of OperatorMSP
  --gateway URL     where the gateway is; otherwise that of the installation on this machine
  --authority FILE  authority of the gateway's TLS certificate (PEM); otherwise that of the installation on this
                    machine, or with --gateway those that this system trusts
  --yes             sign without asking
  --json            print the outcome as one JSON object

CLAIM.json is {"device": {"id", "tenant", "type"}, "expiresAt"}, VOUCHER.json {"devices": [IDs], "expiresAt", "to": MSP-ID}, which
may leave out "to". The code is made here, and printed once; the ledger has its hash. ACCEPTANCE.json is {"tenant", "groups"}; the
code of the voucher is in the environment variable BIOT_CODE.
`;

interface Place {
  url: URL;
  /** PEM */
  authority: string | undefined;
}

/** Of the installation on this machine, unless said otherwise. */
function gatewayPlace(gateway: string | undefined, authority: string | undefined): Place {
  const given = authority === undefined ? undefined : readInput(authority);
  if (gateway !== undefined) return { url: httpsUrl(gateway), authority: given };
  if (!existsSync(homeDirectory()))
    throw new BiotError('INVALID_ARGUMENT', 'there is no installation on this machine: say --gateway URL');
  const home = openHome();
  return {
    url: new URL(`https://127.0.0.1:${home.ports.gateway}`),
    authority: given ?? readInput(home.path('pki', 'platform-ca', 'cert.pem')),
  };
}

function httpsUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return url;
  throw new BiotError('INVALID_ARGUMENT', `--gateway ${text}: expected https://host:port`);
}

function required(option: string, value: string | undefined): string {
  if (value === undefined) throw new BiotError('INVALID_ARGUMENT', `--${option} is missing: see --help`);
  return value;
}

function codeLine(code: string | undefined): string {
  return code === undefined ? '' : `The code, which is nowhere else: ${code}\n`;
}

await runCommand({
  help: HELP,
  options: {
    key: { type: 'string' },
    cert: { type: 'string' },
    msp: { type: 'string' },
    gateway: { type: 'string' },
    authority: { type: 'string' },
    reason: { type: 'string' },
    until: { type: 'string' },
    yes: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  async run({ values, positionals }) {
    const { signable, action, code } = requestedAction(positionals, {
      ...values,
      spentCode: process.env['BIOT_CODE'],
    });
    const member = readSigningKey({
      key: required('key', values.key),
      certificate: required('cert', values.cert),
      msp: values.msp,
      passphrase: process.env['BIOT_KEY_PASSPHRASE'],
    });
    const { url, authority } = gatewayPlace(values.gateway, values.authority);
    const signed = await signAction({
      asked: { action, signatory: member.signatory },
      gateway: jsonGateway(httpsPost(url, authority)),
      sign: member.sign,
      clock: Date.now,
      confirm: async (proposal: Proposal) => {
        process.stderr.write(`${proposalText(proposal, member.name)}\n`);
        return values.yes || (await confirmed());
      },
      review: async (transaction) => {
        const words = resultText(transaction);
        if (words === undefined) return true;
        process.stderr.write(`${words}\n`);
        return values.yes || (await confirmed());
      },
    });
    if (signed === undefined) {
      process.stderr.write('Nothing was signed.\n');
      return 1;
    }
    const { transaction, block } = signed;
    if (values.json) printJson({ ...signed, result: JSON.parse(signed.result) as unknown, code });
    else
      process.stdout.write(
        `${signable.name}: done, in block ${block}, transaction ${transaction}\n${codeLine(code)}`,
      );
    return 0;
  },
});
