import type { CommandDefinition } from '../../chaincode/protocol/command/definition.ts';
import type { ParametersSchema } from '../../chaincode/protocol/command/parameters.ts';
import type { Home } from '../../network/home/home.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { commandLedger } from '../../network/ledger/commands.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { DEMO_TYPES } from './demo-types.ts';

/** Of the organisation that puts the demo's types. */
const AUTHOR = 'admin@manufacturer';

const HOUR_SECONDS = 3600;

function seconds(description: string, maximum: number): ParametersSchema {
  return {
    type: 'object',
    properties: { seconds: { type: 'integer', description, minimum: 1, maximum } },
    required: ['seconds'],
    additionalProperties: false,
  };
}

const NOTHING: ParametersSchema = {
  type: 'object',
  properties: {},
  required: [],
  additionalProperties: false,
};

/** What every simulated device can do. */
const COMMANDS: readonly Omit<CommandDefinition, 'type'>[] = [
  {
    name: 'set-interval',
    description: 'Measures as often as is said from now on',
    parameters: seconds('From one message to the next', HOUR_SECONDS),
    roles: ['admin', 'operator'],
    approval: false,
    lifetimeSeconds: 24 * HOUR_SECONDS,
    timeoutSeconds: 30,
    enabled: true,
  },
  {
    name: 'identify',
    description: 'Lets its lamp blink, so that it is found',
    parameters: seconds('For how long it blinks', 60),
    roles: ['admin', 'operator'],
    approval: false,
    lifetimeSeconds: 300,
    timeoutSeconds: 120,
    enabled: true,
  },
  {
    name: 'restart',
    description: 'Ends its program and begins it anew',
    parameters: NOTHING,
    roles: ['admin', 'operator'],
    approval: true,
    lifetimeSeconds: HOUR_SECONDS,
    timeoutSeconds: 120,
    enabled: true,
  },
];

export const DEMO_COMMANDS: readonly CommandDefinition[] = DEMO_TYPES.flatMap(({ name: type }) =>
  COMMANDS.map((command) => ({ type, ...command })),
);

/** Puts those of the demo's commands into the catalogue that are not there yet; what is there is its organisation's to change. */
export async function ensureDemoCommands(home: Home): Promise<void> {
  const client = connectLedger(memberConnection(home, AUTHOR));
  try {
    const ledger = commandLedger(client);
    const known = new Set((await ledger.catalogue()).map(placeOf));
    const missing = DEMO_COMMANDS.filter((command) => !known.has(placeOf(command)));
    await Promise.all(missing.map((command) => ledger.define(command)));
  } finally {
    client.close();
  }
}

function placeOf({ type, name }: Pick<CommandDefinition, 'type' | 'name'>): string {
  return `${type} ${name}`;
}
