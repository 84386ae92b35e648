import { readFileSync } from 'node:fs';

import { createTransport } from 'nodemailer';
import { z } from 'zod';

import type { StoredMessage } from '../../../sql/queries/notifications.ts';
import type { MailSettings } from '../config.ts';
import { NotSent } from '../outward/reach.ts';
import { textOf, titleOf } from '../wording.ts';
import type { Outcome } from './outcome.ts';

export interface Mail {
  readonly to: readonly string[];
  readonly message: Pick<StoredMessage, 'idempotency' | 'content'>;
}

/** @throws NotSent */
export type SendMail = (mail: Mail) => Promise<Outcome>;

const HOP_WITHIN_MS = 10_000;
const WITHIN_MS = 30_000;

/**
 * Sends by the platform's mail server. Without TLS it sends only where whoever runs the platform said so: a server in
 * between could otherwise take the offer of STARTTLS out, and read password and mail.
 */
export function mailer(
  settings: MailSettings,
  dashboard: string | undefined,
  withinMs = WITHIN_MS,
): SendMail {
  const { host, port, implicitTls, allowPlain, user, password, from, authorityFile } = settings;
  const options = {
    ...{ host, port, secure: implicitTls, requireTLS: !allowPlain },
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    ...{ connectionTimeout: HOP_WITHIN_MS, greetingTimeout: HOP_WITHIN_MS, socketTimeout: HOP_WITHIN_MS },
    ...(authorityFile !== undefined && { tls: { ca: readFileSync(authorityFile, 'utf8') } }),
    // Nothing of a mail is a path or an address to fetch from.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  };
  return async ({ to, message: { idempotency, content } }) => {
    const transport = createTransport(options);
    try {
      await transport.sendMail({
        ...{ from, to: [...to], subject: `[BIoT-DM] ${titleOf(content)}` },
        text: [textOf(content), ...(dashboard === undefined ? [] : ['', `${dashboard}/alerts`])].join('\n'),
        // The same when it is sent again: mailboxes show it once.
        messageId: `<${idempotency}@${from.split('@').at(-1) ?? host}>`,
        // RFC 3834: no out-of-office notes for us.
        headers: { 'Auto-Submitted': 'auto-generated' },
        // Closing the transport ends nothing that is under way, and a server that drips is never idle.
        signal: AbortSignal.timeout(withinMs),
      });
      return { kind: 'taken' };
    } catch (cause) {
      throw new NotSent(failureOf(cause), { cause });
    } finally {
      transport.close();
    }
  };
}

const answeredSchema = z.object({ responseCode: z.number() });

/** The code alone: a server's words are for whoever runs the platform. */
function failureOf(cause: unknown): string {
  const answered = answeredSchema.safeParse(cause);
  if (answered.success) return `the mail server answered ${answered.data.responseCode}`;
  const known = z.object({ code: z.string() }).safeParse(cause);
  return `the mail server was not reached: ${known.success ? known.data.code : 'unknown'}`;
}
