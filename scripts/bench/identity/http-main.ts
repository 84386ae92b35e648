/** The process that asks over HTTPS. */
import { json } from 'node:stream/consumers';

import { HttpLoad } from './http-load.ts';
import { httpWorkSchema } from './http-work.ts';

const work = httpWorkSchema.parse(await json(process.stdin));
process.stdout.write(JSON.stringify(await new HttpLoad(work).measure()));
