import { runCommand } from './cli/command.ts';
import { verifyCommand } from './verify/command.ts';

await runCommand(verifyCommand);
