/** What goes over the live WebSocket, in both directions: JSON texts. */
import { z } from 'zod';

import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import type { CommandNews } from '../../chaincode/protocol/command/news.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import type { PresenceNews } from '../../chaincode/protocol/presence/presence.ts';
import type { LiveReading } from '../../chaincode/protocol/receipt.ts';

export const LIVE_PATH = '/api/v1/live';

/** Devices that one connection may name; more are watched with `*`. */
const MOST_DEVICES = 200;

export const clientFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('sign-in'), token: z.string().max(4_096) }),
  z.strictObject({
    type: z.literal('watch'),
    devices: z.union([z.literal('*'), z.array(deviceIdSchema).max(MOST_DEVICES)]),
    /** Whether it wants to hear of commands, too. */
    commands: z.boolean().default(false),
    /** The same of alerts. */
    alerts: z.boolean().default(false),
  }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

export type ServerFrame =
  | { type: 'signed-in'; expiresAt: number }
  | ({ type: 'reading' } & LiveReading)
  /** Headers `from` to `sequence` of the log are in this block. */
  | { type: 'anchored'; logId: string; from: number; sequence: number; transaction: string; block: number }
  | ({ type: 'command'; tenant: string } & CommandNews)
  | ({ type: 'alert'; alertType: string } & Omit<AlertNews, 'type'>)
  /** A device that is watched came, went or fell asleep. */
  | ({ type: 'presence'; tenant: string } & PresenceNews['changes'][number])
  | { type: 'problem'; code: ErrorCode; detail: string };

/** Close codes of ours (RFC 6455 section 7.4.2: 4000 to 4999), after the HTTP statuses that they resemble. */
export const CLOSE = {
  malformed: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  signInTimeout: 4408,
  tooSlow: 4413,
  tooMany: 4429,
  goingAway: 1001,
} as const;

export const LIVE_DESCRIPTION = [
  `\`${LIVE_PATH}\` is a WebSocket; frames are JSON texts. Within five seconds of opening it, send`,
  '`{"type":"sign-in","token":"…"}` with an access token, and again with the next one before that expires. Then',
  '`{"type":"watch","devices":["press-07"]}` says whose readings to send from now on; `"*"` stands for all, a later',
  'frame takes the place of the one before. With `"commands":true` it asks for what becomes of commands, too, with `"alerts":true` of alerts.',
  '\n\nThe gateway sends `{"type":"signed-in","expiresAt":…}`, `{"type":"reading","device","tenant","seq","ts","values"}`',
  'after a message was stored, `{"type":"anchored","logId","from","sequence","transaction","block"}` when headers `from` to `sequence`',
  'are on the ledger, `{"type":"command","tenant","id","device","state","at"}` when a step of a command was stored (`device` is',
  'null for one of the command as a whole), `{"type":"alert","id","device","tenant","alertType","severity","step","at"}` when',
  'something became of an alert, `{"type":"presence","tenant","device","state","since","reason","wakesAt"}` when a device that',
  'is watched came, went or fell asleep, and `{"type":"problem","code","detail"}` before it closes the connection:',
  `${CLOSE.malformed} not a frame, ${CLOSE.unauthenticated} token or session ended, ${CLOSE.forbidden} not allowed,`,
  `${CLOSE.signInTimeout} no sign-in in time, ${CLOSE.tooSlow} frames were not read fast enough,`,
  `${CLOSE.tooMany} too many frames at once. Readings that nobody was connected for are not sent later: they are in the API.`,
].join(' ');
