import { serveContracts } from '../../network/consortium.ts';
import { ensureContractsPackage } from '../../network/fabric/contracts-package.ts';
import { openHome } from '../../network/home/home.ts';

/**
 * What upgrade-chaincode.sh cannot do with Fabric's own programs. `package` packs the built contracts and prints
 * version, package id and file; `serve` lets the chaincode servers run them.
 */
const home = openHome();
const contracts = ensureContractsPackage(home);

switch (process.argv[2]) {
  case 'package':
    console.log(contracts.version, contracts.packageId, contracts.file);
    break;
  case 'serve':
    await serveContracts(home, contracts);
    break;
  default:
    throw new Error('expected package or serve');
}
