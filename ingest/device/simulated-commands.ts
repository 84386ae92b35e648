import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

import type { Order } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CommandHandlers } from './command-desk.ts';

const RESTART_MS = 1_000;
const secondsSchema = z.strictObject({ seconds: z.int().min(1).max(3600) });

/** What the demo's devices do when they are told to. @param setInterval milliseconds between two messages */
export function simulatedCommands(setInterval: (ms: number) => void): CommandHandlers {
  return {
    'set-interval': (order) => {
      const { seconds } = parametersOf(order, secondsSchema);
      setInterval(seconds * 1000);
      return { seconds };
    },
    identify: async (order, { running }) => {
      const { seconds } = parametersOf(order, secondsSchema);
      running(`blinks for ${seconds} s`);
      await delay(seconds * 1000);
      return { seconds };
    },
    restart: async (_order, { running }) => {
      running('restarting');
      await delay(RESTART_MS);
      return { restarted: true };
    },
  };
}

function parametersOf<Shape extends z.ZodType>({ parameters }: Order, shape: Shape): z.output<Shape> {
  const parsed = shape.safeParse(parameters);
  if (!parsed.success) throw new BiotError('PARAMETERS_INVALID', z.prettifyError(parsed.error));
  return parsed.data;
}
