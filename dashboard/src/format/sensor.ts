import { isSensor, SENSORS } from '../../../chaincode/protocol/sensors.ts';

/** `temperature` -> `Temperature`; a sensor that this version does not know keeps its name. */
export function sensorLabel(sensor: string): string {
  return isSensor(sensor) ? SENSORS[sensor].label : sensor;
}

/** `temperature` -> `°C`; nothing for a sensor that this version does not know, and for what is only counted. */
export function unitOf(sensor: string): string {
  const unit = isSensor(sensor) ? SENSORS[sensor].unit : '';
  return unit === '1' ? '' : unit;
}
