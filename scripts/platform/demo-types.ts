import type { TypeDefinition, TypeSensor } from '../../chaincode/protocol/device-type.ts';
import { type Sensor, SENSORS } from '../../chaincode/protocol/sensors.ts';

function sensor(
  name: Sensor,
  minimum: number,
  maximum: number,
  dataType: TypeSensor['dataType'] = 'number',
): TypeSensor {
  return { name, unit: SENSORS[name].unit, minimum, maximum, dataType };
}

/** What the demo's devices can measure, as their data sheets would say. */
export const DEMO_TYPES: readonly TypeDefinition[] = [
  {
    name: 'press',
    description: 'Hydraulic press with sensors at its bearing and its motor',
    sensors: [sensor('temperature', -20, 150), sensor('vibration', 0, 50), sensor('power', 0, 15_000)],
  },
  {
    name: 'boiler',
    description: 'Hot water boiler',
    sensors: [sensor('temperature', 0, 130), sensor('pressure', 800, 10_000)],
  },
  {
    name: 'pump',
    description: 'Centrifugal pump',
    sensors: [
      sensor('flow', 0, 500),
      sensor('pressure', 800, 16_000),
      sensor('rotation', 0, 3_600, 'integer'),
    ],
  },
  {
    name: 'climate',
    description: 'Climate of a room',
    sensors: [sensor('temperature', -40, 85), sensor('humidity', 0, 100)],
  },
  {
    name: 'air-quality',
    description: 'Air and noise of a hall',
    sensors: [sensor('co2', 400, 10_000, 'integer'), sensor('humidity', 0, 100), sensor('noise', 25, 130)],
  },
  {
    name: 'power-meter',
    description: 'Meter of a single phase',
    sensors: [sensor('voltage', 0, 300), sensor('current', 0, 100), sensor('power', 0, 25_000)],
  },
];
