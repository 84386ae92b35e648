import type { Route } from '../http/route.ts';
import { anchorRoutes } from './anchors.ts';
import { authRoutes } from './auth.ts';
import { claimRoutes } from './claims.ts';
import { deviceChangeRoutes } from './device-changes.ts';
import { deviceKeepingRoutes } from './device-keeping.ts';
import { deviceKeyRoutes } from './device-keys.ts';
import { deviceSelfRoutes } from './device-self.ts';
import { deviceRoutes } from './devices.ts';
import { documentRoutes } from './documents.ts';
import { healthRoutes } from './health.ts';
import { memberRoutes } from './members.ts';
import { onboardingRoutes } from './onboarding.ts';
import { importRoutes } from './imports.ts';
import { overviewRoutes } from './overview.ts';
import { policyRoutes } from './policies.ts';
import { proposalRoutes } from './proposals.ts';
import { rollupRoutes } from './rollup.ts';
import { signingRoutes } from './signing.ts';
import { telemetryRoutes } from './telemetry.ts';
import { typeRoutes } from './types.ts';
import { voucherRoutes } from './vouchers.ts';

/** Every route of the gateway: what is not in this list is neither served nor documented. */
export const routes: readonly Route[] = [
  ...authRoutes,
  ...overviewRoutes,
  ...deviceRoutes,
  ...deviceChangeRoutes,
  ...typeRoutes,
  ...deviceKeyRoutes,
  ...deviceKeepingRoutes,
  ...claimRoutes,
  ...voucherRoutes,
  ...onboardingRoutes,
  ...importRoutes,
  ...telemetryRoutes,
  ...rollupRoutes,
  ...anchorRoutes,
  ...policyRoutes,
  ...proposalRoutes,
  ...memberRoutes,
  ...signingRoutes,
  ...deviceSelfRoutes,
  ...healthRoutes,
  ...documentRoutes(() => routes),
];
