import type { Request, Response } from 'express';
import { z } from 'zod';

/** An answer that sends itself, in pieces, so that its length is nobody's memory. */
export class Streamed {
  readonly send: (request: Request, response: Response) => Promise<void>;

  constructor(send: Streamed['send']) {
    this.send = send;
  }
}

/** What a route answers with; the document shows it as bytes. */
export const streamedSchema = z.instanceof(Streamed).meta({ override: { type: 'string', format: 'binary' } });
