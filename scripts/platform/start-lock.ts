import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';

import { BiotError } from '../../chaincode/protocol/errors.ts';

/**
 * Lets one start or stop of a home run at a time. The lock is a socket in Linux's abstract namespace (unix(7)): the
 * kernel takes it away with the process that holds it, so a killed start never leaves a lock behind.
 *
 * @throws BiotError PROCESS_FAILED when another start or stop of the same home is under way
 */
export async function withHomeLock<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
  const lock = await listen(`\0biot-home-${name}`, root);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function listen(path: string, root: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (cause) => {
      reject(
        new BiotError('PROCESS_FAILED', `${root} is just being started or stopped by another command`, {
          cause,
        }),
      );
    });
    server.listen(path, () => {
      resolve(server);
    });
  });
}
