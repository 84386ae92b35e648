/** What the gateway and the issuer of device certificates say to each other: HTTPS, both with platform certificates. */
import { z } from 'zod';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { certificateRequestSchema } from '../pki/certificate-request.ts';

export const ISSUE_PATH = '/certificates';

/** Common name of the only client that may ask. */
export const ISSUER_CLIENT = 'gateway';

export const issueOrderSchema = z.strictObject({ device: deviceIdSchema, request: certificateRequestSchema });
export type IssueOrder = z.infer<typeof issueOrderSchema>;

/** A certificate is some 800 characters of PEM. */
export const issuedSchema = z.strictObject({ certificate: z.string().max(8_192) });

/** In place of it, with a status of its own: a code of the protocol's. */
export const issueRefusalSchema = z.strictObject({ code: z.string(), message: z.string().max(1_000) });
