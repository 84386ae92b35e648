import { ReplayCache } from '../../network/device-token/verify.ts';
import type { Time } from '../../network/time.ts';
import { Pace } from './pace.ts';
import type { Resources } from './resources.ts';
import { Tickets } from './tickets.ts';

/** Of firmware and orders, of 1 KiB at most: half a megabyte a second for one device. */
const BLOCKS_A_SECOND = { each: 500, all: 2_000 };

/** What is remembered of requests, of which nothing has to outlive the process. */
export function coapMemory(time: Time): Pick<Resources, 'replay' | 'tickets' | 'pace'> {
  return {
    replay: new ReplayCache({ since: time.now() }),
    tickets: new Tickets(() => time.now()),
    pace: { each: new Pace(BLOCKS_A_SECOND.each, time), all: new Pace(BLOCKS_A_SECOND.all, time) },
  };
}
