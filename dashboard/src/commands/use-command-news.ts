import type { CommandFrame } from '../live/frames.ts';
import { useNews } from '../live/use-news.ts';
import { useServices } from '../services.ts';

/** Fetches again when something became of the commands that are shown. */
export function useCommandNews(
  concerns: (frame: CommandFrame) => boolean,
  fetchAgain: () => Promise<void>,
): void {
  const { live } = useServices();
  useNews(
    (note) =>
      live.onCommand((frame) => {
        if (concerns(frame)) note();
      }),
    fetchAgain,
  );
}
