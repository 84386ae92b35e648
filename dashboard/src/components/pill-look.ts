/** How a state is shown: told apart by the dot's form as well as by its colour. */
export interface PillLook {
  readonly tone: 'waits' | 'goes' | 'over' | 'done' | 'lost';
  readonly dot: 'full' | 'ring' | 'pause' | 'half' | 'diamond' | 'dash' | 'stroke';
  readonly hint: string;
}
