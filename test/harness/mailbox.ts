import type { AddressInfo } from 'node:net';

import { SMTPServer } from 'smtp-server';

/** A mail server of a test's, without TLS. */
export class Mailbox {
  /** What came, with its headers. */
  readonly mails: string[] = [];
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS'], logger: false, closeTimeout: 100 },
      onData: (stream, _session, callback) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          this.mails.push(Buffer.concat(parts).toString());
          callback(null);
        });
      },
    });
  }

  /** @returns its port */
  async open(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
