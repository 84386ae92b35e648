import { computed, type Ref, ref, type ShallowRef, shallowRef, watch, type WritableComputedRef } from 'vue';

import type { AlertRuleDefinition } from '../api/types.ts';
import { jsonOf } from '../commands/parameters-draft.ts';
import { draftOfRule, emptyRule, type RuleDraft, type RuleErrors, ruleOf, wishOf } from './rule-draft.ts';

/** A rule that is being written, as a form and as JSON: what is written in one is in the other at once. */
export interface RuleWriting {
  draft: Ref<RuleDraft>;
  json: WritableComputedRef<string>;
  errors: ShallowRef<RuleErrors>;
  /** Why the form is not as the JSON; undefined while both say the same. */
  jsonError: Ref<string | undefined>;
  /** The rule; undefined, with errors said, when it is none. */
  check: () => AlertRuleDefinition | undefined;
}

export function useRuleDraft(from?: AlertRuleDefinition): RuleWriting {
  const draft = ref(from === undefined ? emptyRule() : draftOfRule(from));
  const errors = shallowRef<RuleErrors>({});
  const jsonError = ref<string>();
  /** Written by hand: it stays as it was typed until a field is changed. */
  const typed = ref<string>();

  // A form that is typed into stays the same object; one that was made of JSON is another.
  watch(
    draft,
    (now, before) => {
      if (now !== before) return;
      typed.value = undefined;
      jsonError.value = undefined;
    },
    { deep: true, flush: 'sync' },
  );

  const json = computed({
    get: () => typed.value ?? JSON.stringify(wishOf(draft.value), undefined, 2),
    set: (text) => {
      typed.value = text;
      const wish = jsonOf(text);
      const made = ruleOf(wish);
      if ('rule' in made) draft.value = draftOfRule(made.rule);
      errors.value = {};
      jsonError.value = 'rule' in made ? undefined : jsonProblem(wish, made.errors);
    },
  });

  function check(): AlertRuleDefinition | undefined {
    const made = ruleOf(typed.value === undefined ? wishOf(draft.value) : jsonOf(typed.value));
    errors.value = 'errors' in made ? made.errors : {};
    return 'rule' in made ? made.rule : undefined;
  }

  return { draft, json, errors, jsonError, check };
}

function jsonProblem(wish: unknown, errors: RuleErrors): string {
  if (wish === undefined) return 'This is not JSON.';
  return Object.entries(errors)
    .map(([place, words]) => `${place === '' ? 'The rule' : place}: ${words ?? ''}`)
    .join(' ');
}
