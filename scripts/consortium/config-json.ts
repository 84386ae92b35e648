/**
 * Channel configurations and their updates as configtxlator writes them in JSON: as far as we look at them. All else
 * passes through untouched.
 */
import { common } from '@hyperledger/fabric-protos';
import { z } from 'zod';

export interface ConfigGroup {
  readonly groups: Readonly<Record<string, ConfigGroup>>;
  readonly values: Readonly<Record<string, ConfigElement>>;
  readonly policies: Readonly<Record<string, ConfigElement>>;
  readonly version: string;
}

export interface ConfigElement {
  readonly version: string;
  readonly value?: unknown;
}

const elementSchema: z.ZodType<ConfigElement> = z.looseObject({ version: z.string().default('0') });

/** Empty maps and null are the same to Protocol Buffers. */
const map = <Shape extends z.ZodType>(shape: Shape): z.ZodType<Record<string, z.output<Shape>>> =>
  z
    .record(z.string(), shape)
    .nullish()
    .transform((entries) => entries ?? {});

export const groupSchema: z.ZodType<ConfigGroup> = z.looseObject({
  get groups() {
    return map(groupSchema);
  },
  values: map(elementSchema),
  policies: map(elementSchema),
  version: z.string().default('0'),
});

export const configSchema = z.looseObject({ channel_group: groupSchema });
export type Config = z.infer<typeof configSchema>;

export const updateSchema = z.looseObject({
  channel_id: z.string(),
  read_set: groupSchema,
  write_set: groupSchema,
});
export type ConfigUpdate = z.infer<typeof updateSchema>;

/** Whoever signed: the MSP id and the certificate, Base64 of its PEM. */
const creatorSchema = z.object({ mspid: z.string(), id_bytes: z.string() });
export type Creator = z.infer<typeof creatorSchema>;

/** A proposed update with its signatures: `common.Envelope` with a `common.ConfigUpdateEnvelope`. */
export const envelopeSchema = z.object({
  payload: z.object({
    header: z.looseObject({
      signature_header: z.looseObject({ creator: creatorSchema.nullish() }).nullish(),
    }),
    data: z.object({
      config_update: updateSchema,
      signatures: z
        .array(z.object({ signature_header: z.object({ creator: creatorSchema }) }))
        .nullish()
        .transform((signatures) => signatures ?? []),
    }),
  }),
});
export type UpdateEnvelope = z.infer<typeof envelopeSchema>;

/** A block with a configuration: `common.Block`. The first block of a channel was made by no update. */
export const configBlockSchema = z.object({
  header: z.object({ number: z.string() }),
  data: z.object({
    data: z.tuple([
      z.object({
        payload: z.object({
          header: z.object({ channel_header: z.looseObject({ timestamp: z.string() }) }),
          data: z.object({ config: configSchema, last_update: envelopeSchema.nullish().catch(null) }),
        }),
      }),
    ]),
  }),
});
export type ConfigBlock = z.infer<typeof configBlockSchema>;

/** The metadata's first entry is the orderer's signature over what it says, beside it, of the last configuration. */
export const blockMetadataSchema = z.object({
  metadata: z.object({ metadata: z.tuple([z.string()]).rest(z.string()) }),
});

/** The number of the last block with a configuration, the block itself included. */
export function lastConfig({ metadata }: z.infer<typeof blockMetadataSchema>): number {
  const signed = common.Metadata.deserializeBinary(Buffer.from(metadata.metadata[0], 'base64'));
  const value = common.OrdererBlockMetadata.deserializeBinary(signed.getValue_asU8());
  return value.getLastConfig()?.getIndex() ?? 0;
}

const consenterSchema = z.looseObject({
  host: z.string(),
  port: z.int(),
  client_tls_cert: z.string(),
  server_tls_cert: z.string(),
});
export type Consenter = z.infer<typeof consenterSchema>;

export const consensusSchema = z.looseObject({
  metadata: z.looseObject({ consenters: z.array(consenterSchema) }),
});
