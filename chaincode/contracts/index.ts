/** The package's entry: `fabric-chaincode-node` serves the contracts in this list. */
import './shim-logs.ts';

import { AnchorContract } from './anchor-contract.ts';
import { DeviceContract } from './device-contract.ts';
import { PolicyContract } from './policy-contract.ts';
import { TypeContract } from './type-contract.ts';

export const contracts = [DeviceContract, TypeContract, PolicyContract, AnchorContract];
