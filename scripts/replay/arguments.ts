import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { isSensor, type Sensor, SENSOR_NAMES } from '../../chaincode/protocol/sensors.ts';

export interface ReplayArguments {
  readonly file: string;
  readonly device: string;
  readonly sensor: Sensor;
  /** How many times quicker than the time in the file; Infinity for as quick as it goes. */
  readonly speed: number;
  /** Move all instants so that the last one is now. */
  readonly now: boolean;
  /** Send a file again that this device has sent before. */
  readonly again: boolean;
}

export interface RawArguments {
  readonly positionals: readonly string[];
  readonly device: string | undefined;
  readonly sensor: string | undefined;
  readonly speed: string;
  readonly now: boolean;
  readonly again: boolean;
}

/** @throws BiotError INVALID_ARGUMENT saying which argument is wrong, and how it would be right */
export function checkArguments({
  positionals,
  device,
  sensor,
  speed,
  now,
  again,
}: RawArguments): ReplayArguments {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw wrong('name one CSV file');
  const id = deviceIdSchema.safeParse(device);
  if (!id.success) throw wrong(`--device: ${id.error.issues[0]?.message ?? 'missing'}`);
  if (sensor === undefined || !isSensor(sensor)) throw wrong(`--sensor is one of ${SENSOR_NAMES.join(', ')}`);
  return { file, device: id.data, sensor, speed: parseSpeed(speed), now, again };
}

function parseSpeed(text: string): number {
  if (text === 'max') return Infinity;
  const speed = Number(text);
  if (text.trim() === '' || !Number.isFinite(speed) || speed <= 0)
    throw wrong('--speed is a number above 0 (60: a minute of the file in a second), or max');
  return speed;
}

function wrong(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}
