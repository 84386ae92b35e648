import { type Device, deviceSchema } from '../../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../../chaincode/protocol/errors.ts';
import { type Committed, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';
import { putTypes } from './types.ts';

/** A `registry` channel with rules, the type of `samples.ts` and no devices, and the transactions of DeviceContract as an admin calls them. */
export class DeviceRegistry {
  readonly channel: TestChannel;
  readonly admin: Credentials;

  private constructor(channel: TestChannel, admin: Credentials) {
    this.channel = channel;
    this.admin = admin;
  }

  static async open(): Promise<DeviceRegistry> {
    const channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer');
    return new DeviceRegistry(channel, await enrolRole('manufacturer', 'admin'));
  }

  submit(transaction: string, ...args: string[]): Promise<Committed> {
    return this.channel.submit(this.admin, `DeviceContract:${transaction}`, ...args);
  }

  evaluate(transaction: string, ...args: string[]): Promise<unknown> {
    return this.channel.evaluate(this.admin, `DeviceContract:${transaction}`, ...args);
  }

  /** @returns the code that the call is refused with */
  async refusal(transaction: string, ...args: string[]): Promise<ErrorCode> {
    const { code } = await this.channel.refusal(this.admin, `DeviceContract:${transaction}`, ...args);
    return code;
  }

  register(...registrations: unknown[]): Promise<Committed> {
    return this.submit('Register', JSON.stringify(registrations));
  }

  async get(id: string): Promise<Device> {
    return deviceSchema.parse(await this.evaluate('Get', id));
  }
}
