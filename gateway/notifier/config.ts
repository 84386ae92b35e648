import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../../network/home/home.ts';
import { networks } from './outward/addresses.ts';

/** The notifier's environment. Each variable is documented where it is declared; `BIOT_HOME` gives all paths. */
const environmentSchema = z.object({
  BIOT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
    title: 'Log level',
    description: 'The least that is logged',
  }),
});

const networkSchema = z.string().refine((range) => {
  try {
    networks([range]);
    return true;
  } catch {
    return false;
  }
}, 'expected a network such as 192.0.2.0/24');

const mailSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** TLS from the beginning (465); otherwise STARTTLS is demanded (587). */
  implicitTls: z.boolean().default(false),
  /** Whether password and mail may go without TLS. */
  allowPlain: z.boolean().default(false),
  /** PEM file with the authority of the server's certificate, where it is none of the public ones. */
  authorityFile: z.string().optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  from: z.email(),
});
export type MailSettings = z.infer<typeof mailSchema>;

/** `configuration/notifications.json` of the home: what whoever runs the platform decides. Without it, as said here. */
const settingsSchema = z.strictObject({
  /** Inner networks that webhooks and streams may go to all the same. */
  allowedNetworks: z.array(networkSchema).default([]),
  /** Whether webhooks and streams may go to http:// and mqtt:// addresses. */
  allowPlainHttp: z.boolean().default(false),
  /** By which e-mail is sent; without it there is none. */
  mail: mailSchema.optional(),
  /** Where people find the dashboard, for links to it. */
  dashboard: z.url({ protocol: /^https$/ }).optional(),
});

type Settings = z.infer<typeof settingsSchema>;

export interface NotifierConfig {
  readonly settings: Settings;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** @throws BiotError CONFIGURATION_INVALID naming what is wrong, and where */
export function readConfig(environment: NodeJS.ProcessEnv, home: Pick<Home, 'path'>): NotifierConfig {
  const variables = valid(environmentSchema, environment, 'environment');
  const file = home.path('configuration', 'notifications.json');
  const content = existsSync(file) ? parsed(readFileSync(file, 'utf8'), file) : {};
  return { settings: valid(settingsSchema, content, file), logLevel: variables.BIOT_LOG_LEVEL };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: it quotes the text, passwords too.
    throw new BiotError('CONFIGURATION_INVALID', `${file} is no JSON`);
  }
}

function valid<Value>(schema: z.ZodType<Value>, value: unknown, where: string): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BiotError('CONFIGURATION_INVALID', `${where}: ${z.prettifyError(result.error)}`);
}
