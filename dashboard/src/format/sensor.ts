import { isSensor, SENSORS } from '../../../chaincode/protocol/sensors.ts';

/** `temperature` -> `Temperature`; a sensor that this version does not know keeps its name. */
export function sensorLabel(sensor: string): string {
  return isSensor(sensor) ? SENSORS[sensor].label : sensor;
}
