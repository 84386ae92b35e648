/** What the process with the devices is told. */
import { z } from 'zod';

export const devicesWorkSchema = z.strictObject({
  broker: z.strictObject({ port: z.int(), authority: z.string() }),
  /** Folder with a folder for each device. */
  folder: z.string(),
  fleet: z.array(z.strictObject({ tenant: z.string(), device: z.string() })).min(1),
  /** The command that they do. */
  name: z.string(),
  /** File to which each adds a line when it does an order. */
  executions: z.string(),
});
export type DevicesWork = z.infer<typeof devicesWorkSchema>;
