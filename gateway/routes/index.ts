import type { Route } from '../http/route.ts';
import { alertRuleRoutes } from './alert-rules.ts';
import { alertRoutes } from './alerts.ts';
import { anchorRoutes } from './anchors.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { claimRoutes } from './claims.ts';
import { commandCatalogueRoutes } from './command-catalogue.ts';
import { commandDecisionRoutes } from './command-decisions.ts';
import { commandDetailRoutes } from './command-details.ts';
import { commandRoutes } from './commands.ts';
import { deviceCommandRoutes } from './device-commands.ts';
import { deviceChangeRoutes } from './device-changes.ts';
import { deviceFirmwareRoutes } from './device-firmware.ts';
import { deviceKeepingRoutes } from './device-keeping.ts';
import { deviceKeyRoutes } from './device-keys.ts';
import { deviceSelfRoutes } from './device-self.ts';
import { deviceTwinRoutes } from './device-twin.ts';
import { deviceRoutes } from './devices.ts';
import { documentRoutes } from './documents.ts';
import { exportRoutes } from './exports.ts';
import { firmwareRoutes } from './firmware.ts';
import { healthRoutes } from './health.ts';
import { memberRoutes } from './members.ts';
import { notificationChannelRoutes } from './notification-channels.ts';
import { notificationMessageRoutes } from './notification-messages.ts';
import { onboardingRoutes } from './onboarding.ts';
import { importRoutes } from './imports.ts';
import { overviewRoutes } from './overview.ts';
import { policyRoutes } from './policies.ts';
import { proposalRoutes } from './proposals.ts';
import { pushSubscriptionRoutes } from './push-subscriptions.ts';
import { reportRoutes } from './reports.ts';
import { rollupRoutes } from './rollup.ts';
import { signingRoutes } from './signing.ts';
import { rolloutDecisionRoutes } from './rollout-decisions.ts';
import { rolloutRoutes } from './rollouts.ts';
import { streamRoutes } from './streams.ts';
import { telemetryRoutes } from './telemetry.ts';
import { twinRoutes } from './twins.ts';
import { typeRoutes } from './types.ts';
import { vendorKeyRoutes } from './vendor-keys.ts';
import { voucherRoutes } from './vouchers.ts';

/**
 * Every route of the gateway: what is not in this list is neither served nor documented. They are looked through in this
 * order at each request, so those of devices, which ask most, come first.
 */
export const routes: readonly Route[] = [
  ...deviceSelfRoutes,
  ...deviceCommandRoutes,
  ...deviceTwinRoutes,
  ...deviceFirmwareRoutes,
  ...authRoutes,
  ...overviewRoutes,
  ...deviceRoutes,
  ...deviceChangeRoutes,
  ...twinRoutes,
  ...typeRoutes,
  ...deviceKeyRoutes,
  ...deviceKeepingRoutes,
  ...claimRoutes,
  ...voucherRoutes,
  ...onboardingRoutes,
  ...importRoutes,
  ...commandRoutes,
  ...commandDetailRoutes,
  ...commandDecisionRoutes,
  ...commandCatalogueRoutes,
  ...firmwareRoutes,
  ...vendorKeyRoutes,
  ...rolloutRoutes,
  ...rolloutDecisionRoutes,
  ...telemetryRoutes,
  ...rollupRoutes,
  ...alertRoutes,
  ...alertRuleRoutes,
  ...notificationChannelRoutes,
  ...notificationMessageRoutes,
  ...pushSubscriptionRoutes,
  ...streamRoutes,
  ...exportRoutes,
  ...anchorRoutes,
  ...auditRoutes,
  ...reportRoutes,
  ...policyRoutes,
  ...proposalRoutes,
  ...memberRoutes,
  ...signingRoutes,
  ...healthRoutes,
  ...documentRoutes(() => routes),
];
