/**
 * What the scripts cannot do with Fabric's own programs.
 *
 *   package FOLDER        packs the contracts built there, and prints version, package id and file
 *   running               prints those of the contracts that the chaincode servers run
 *   serve FOLDER          lets them run the built ones
 */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { serveContracts } from '../../network/consortium.ts';
import { type ContractsPackage, ensureContractsPackage } from '../../network/fabric/contracts-package.ts';
import { requireState } from '../../network/fabric/state.ts';
import { type Home, openHome } from '../../network/home/home.ts';
import { runCommand } from '../cli/command.ts';

type Step = (home: Home, folder: string | undefined) => Promise<void> | void;

const STEPS: Readonly<Record<string, Step>> = {
  package(home, folder) {
    print(ensureContractsPackage(home, folder));
  },
  running(home) {
    print(requireState(home).contracts);
  },
  serve: (home, folder) => serveContracts(home, ensureContractsPackage(home, folder)),
};

await runCommand({
  help: 'Part of upgrade-chaincode.sh and add-organisation.sh.',
  options: {},
  async run({ positionals: [step = '', folder] }) {
    const act = STEPS[step];
    if (act === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(STEPS).join(', ')}`);
    await act(openHome(), folder);
    return 0;
  },
});

function print({ version, packageId, file }: ContractsPackage): void {
  console.log(version, packageId, file);
}
