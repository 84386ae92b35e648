/** Devices of the library, in a process that can be killed. They write down each order when they do it. */
import { appendFileSync } from 'node:fs';

import { openDevice } from '../../../ingest/device/device.ts';
import { devicesWorkSchema } from './devices-work.ts';

process.once('message', (message) => {
  const { broker, folder, fleet, name, executions } = devicesWorkSchema.parse(message);
  const opened = fleet.map((owner) =>
    openDevice({
      folder: `${folder}/${owner.device}`,
      owner,
      broker,
      commands: {
        [name]: ({ id }) => {
          appendFileSync(executions, `${id} ${owner.device}\n`);
          return { done: true };
        },
      },
    }),
  );
  void Promise.all(opened).then(() => process.send?.('open'));
});
// Nobody is left to work for.
process.once('disconnect', () => process.exit());
