import { serveContracts } from '../../network/consortium.ts';
import { type ContractsPackage, ensureContractsPackage } from '../../network/fabric/contracts-package.ts';
import { requireState } from '../../network/fabric/state.ts';
import { openHome } from '../../network/home/home.ts';

/**
 * What the scripts cannot do with Fabric's own programs. `package FOLDER` packs the contracts built there and prints
 * version, package id and file; `running` prints those of the contracts that the chaincode servers run; `serve FOLDER`
 * lets them run the built ones.
 */
const home = openHome();
const [, , command, folder] = process.argv;

switch (command) {
  case 'package':
    print(ensureContractsPackage(home, folder));
    break;
  case 'running':
    print(requireState(home).contracts);
    break;
  case 'serve':
    await serveContracts(home, ensureContractsPackage(home, folder));
    break;
  default:
    throw new Error('expected package, running or serve');
}

function print({ version, packageId, file }: ContractsPackage): void {
  console.log(version, packageId, file);
}
