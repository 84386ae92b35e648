import type { DryRun } from '../api/types.ts';

/** Why a dry run names nobody: that nothing differs says something only where something was asked. */
export function noEffectWords({ asked }: Pick<DryRun, 'asked'>): string {
  return asked.questions === 0
    ? 'Nothing was asked: your tenants have nothing that these rules are about, such as devices. What they change for what is to come, or elsewhere, is not told here.'
    : 'For nobody whom this gateway knows: all that they may do stays the same.';
}
