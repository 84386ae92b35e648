import { computed, type ComputedRef, shallowRef } from 'vue';

/** What is wrong with the fields of a form, from one attempt to the next. */
export interface FieldErrors<Errors> {
  errors: ComputedRef<Errors>;
  /** What the form says; undefined where fields are wrong, as `errors` then tells. */
  check: <Made extends object>(made: Made | { errors: Errors }) => Made | undefined;
}

/** @param none nothing is wrong */
export function useFieldErrors<Errors>(none: Errors): FieldErrors<Errors> {
  const found = shallowRef<Errors>();
  return {
    errors: computed(() => found.value ?? none),
    check(made) {
      const wrong = isWrong(made);
      found.value = wrong ? made.errors : undefined;
      return wrong ? undefined : made;
    },
  };
}

function isWrong<Errors>(made: object | { errors: Errors }): made is { errors: Errors } {
  return 'errors' in made;
}
