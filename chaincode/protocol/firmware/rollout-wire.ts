/** What goes between platform and device about an update: the notice, and what the device reports. */
import { z } from 'zod';

import { hashHexSchema } from '../hash.ts';
import { isWellFormedJson } from '../json-bounds.ts';
import { versionSchema } from '../policy/request.ts';
import { rolloutIdSchema } from './rollout.ts';
import { REPORTED_STATES } from './rollout-state.ts';

/**
 * JSON, as it is sent. It asks the device to look: what it may install it learns from the release, which it judges by
 * itself.
 */
export const noticeSchema = z
  .strictObject({ rollout: rolloutIdSchema, release: hashHexSchema, version: versionSchema })
  .meta({ id: 'FirmwareNotice' });
export type FirmwareNotice = z.infer<typeof noticeSchema>;

export const MAX_REPORT_BYTES = 2_048;

/** JSON, as it is sent. */
export const reportSchema = z
  .strictObject({
    rollout: rolloutIdSchema,
    state: z.enum(REPORTED_STATES),
    /** For people: why it failed. */
    message: z.string().max(500).exactOptional(),
  })
  .meta({ id: 'UpdateReport' });
export type UpdateReport = z.infer<typeof reportSchema>;

/** As the platform takes it. What devices have written down of their own reports is only held to the one above. */
export const sentReportSchema = reportSchema.refine(isWellFormedJson, {
  error: 'text with half a character',
});
