import { z } from 'zod';

/** Read by the gateway, which then vouches, and by the workers, which then believe it: both have to say so. */
export const certificateSuffices = z
  .enum(['true', 'false'])
  .default('true')
  .transform((said) => said === 'true')
  .meta({
    title: 'Certificate suffices',
    description:
      'Whether what a device sends over HTTPS needs no signature of its own when it has shown its certificate: with `true` the gateway is believed as the broker is, with `false` a stolen gateway can say nothing in a device’s name',
  });
