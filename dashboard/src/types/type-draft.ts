/** The form for a type of devices: texts, and the definition that they make. */
import { type TypeDefinition, typeDefinitionSchema } from '../../../chaincode/protocol/device-type.ts';
import { isSensor, SENSORS, type Sensor } from '../../../chaincode/protocol/sensors.ts';
import { sentence } from '../format/sentence.ts';

export interface SensorDraft {
  /** Empty: not chosen yet. */
  name: Sensor | '';
  dataType: TypeDefinition['sensors'][number]['dataType'];
  /** As number fields write it; empty for none. */
  minimum: string;
  maximum: string;
}

export interface TypeDraft {
  name: string;
  description: string;
  /** Days for which readings are kept, as a number field writes it; empty for all of them. */
  retentionDays: string;
  sensors: SensorDraft[];
}

export function emptySensor(): SensorDraft {
  return { name: '', dataType: 'number', minimum: '', maximum: '' };
}

export function emptyTypeDraft(): TypeDraft {
  return { name: '', description: '', retentionDays: '', sensors: [emptySensor()] };
}

export function draftOfType({ name, description, retentionDays, sensors }: TypeDefinition): TypeDraft {
  const text = (bound: number | null): string => (bound === null ? '' : String(bound));
  return {
    name,
    description,
    retentionDays: retentionDays === undefined ? '' : String(retentionDays),
    sensors: sensors.map((sensor) => ({
      name: sensor.name,
      dataType: sensor.dataType,
      minimum: text(sensor.minimum),
      maximum: text(sensor.maximum),
    })),
  };
}

export interface TypeErrors {
  name?: string;
  description?: string;
  retentionDays?: string;
  /** About the list as a whole. */
  sensors?: string;
  /** About each sensor, by its place. */
  rows: ReadonlyMap<number, string>;
}

export function unitOf(name: SensorDraft['name']): string {
  return name !== '' && isSensor(name) ? SENSORS[name].unit : '';
}

/** A boolean has no range, whatever its fields still say. */
export function typeOf(draft: TypeDraft): { definition: TypeDefinition } | { errors: TypeErrors } {
  const parsed = typeDefinitionSchema.safeParse({
    name: draft.name.trim(),
    description: draft.description,
    ...(draft.retentionDays.trim() === '' ? {} : { retentionDays: Number(draft.retentionDays) }),
    sensors: draft.sensors.map(({ name, dataType, minimum, maximum }) => ({
      name,
      unit: unitOf(name),
      dataType,
      minimum: dataType === 'boolean' ? null : bound(minimum),
      maximum: dataType === 'boolean' ? null : bound(maximum),
    })),
  });
  return parsed.success ? { definition: parsed.data } : { errors: errorsOf(parsed.error.issues) };
}

/** What is no number stays none, for the schema to say so. */
function bound(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

const FIELDS = ['name', 'description', 'retentionDays', 'sensors'] as const;

/** Where the schema's words do not fit the form. */
const MESSAGES: Partial<Record<string, string>> = {
  name: 'Choose a sensor.',
  minimum: 'The minimum is no number.',
};

function errorsOf(issues: readonly Issue[]): TypeErrors {
  const rows = new Map<number, string>();
  const errors: TypeErrors = { rows };
  for (const { path, message } of issues) {
    const [field, row, column] = path;
    if (field === 'sensors' && typeof row === 'number') {
      if (!rows.has(row)) rows.set(row, MESSAGES[String(column)] ?? sentence(message));
      continue;
    }
    const known = FIELDS.find((name) => name === field);
    if (known !== undefined) errors[known] ??= sentence(message);
  }
  return errors;
}
