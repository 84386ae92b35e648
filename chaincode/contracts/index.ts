/** The package's entry: `fabric-chaincode-node` serves the contracts in this list. */
import './shim-logs.ts';

import { AnchorContract } from './anchor-contract.ts';
import { ClaimContract } from './claim-contract.ts';
import { CommandContract } from './command-contract.ts';
import { DeviceContract } from './device-contract.ts';
import { FirmwareContract } from './firmware-contract.ts';
import { PolicyContract } from './policy-contract.ts';
import { RolloutContract } from './rollout-contract.ts';
import { TypeContract } from './type-contract.ts';
import { VoucherContract } from './voucher-contract.ts';

export const contracts = [
  DeviceContract,
  ClaimContract,
  VoucherContract,
  TypeContract,
  CommandContract,
  FirmwareContract,
  RolloutContract,
  PolicyContract,
  AnchorContract,
];
