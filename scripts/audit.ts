import { auditCommand } from './audit/command.ts';
import { runCommand } from './cli/command.ts';

await runCommand(auditCommand);
