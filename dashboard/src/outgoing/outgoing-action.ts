/** What may be done from the menu with what leads outside. */
export type OutgoingAction = 'change' | 'secret' | 'remove';
