import { EXIT, printJson, runCommand } from './cli/command.ts';
import { OPTIONS, VERBS } from './firmware/verbs.ts';

const HELP = `
npm run firmware -- VERB …

On the vendor's machine, without the ledger:
  keygen FILE                     makes an Ed25519 key: FILE for its owner alone, FILE.pub for devices; prints its id
  sign IMAGE --key FILE --type TYPE --version 1.4.0 [--minimum 1.0.0] --notes TEXT
                                  prints the signed draft of a release, which the dashboard takes, too
  prove FILE --org MSP-ID [--description TEXT]
                                  prints the key with its own signature that the organisation may register it, for the dashboard

At the ledger, as MEMBER (--as, such as admin@manufacturer), with that member's key:
  register-key FILE [--description TEXT]
                                  registers the key in FILE as the member's organisation's, which the key signs
  revoke-key ID --reason TEXT     for good, with all that it signed
  keys                            lists all keys
  publish DRAFT IMAGE             publishes the draft and uploads the image to the gateway. The gateway asks for the member's
                                  password: BIOT_PASSWORD, or that of the demo. The same again goes on where it failed
  approve ID | reject ID --reason TEXT
                                  by a member of another organisation; ID is the image's SHA-256
  withdraw ID --reason TEXT       no device gets it from now on
  list [--type TYPE]              lists releases

  --minimum VERSION   the oldest version from which a device may come to it; 0.0.0 if not given

Results are JSON, on standard output.

Exit code 0 when it is done; 1 when not, whatever the reason; 2 for an unknown option or verb.
`;

await runCommand({
  help: HELP,
  options: OPTIONS,
  async run({ values, positionals: [name = '', ...words] }) {
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      process.stderr.write(`there is no verb ${JSON.stringify(name)}\nSee --help.\n`);
      return EXIT.usage;
    }
    printJson(await verb({ words, values }));
    return EXIT.done;
  },
});
