import type { Database } from 'bun:sqlite';
import type {
  UserImportOutcome,
  UserImportRequest,
  UserImportRow,
} from '../../features/users/store.ts';
import type { FileFault } from '../../lib/file-fault.ts';
import { firstFaults, MAX_SHOWN_FAULTS } from '../../lib/first-faults.ts';
import { CURRENT_RECIPE, findRecipe } from '../../lib/password-hash.ts';
import { addHashRecipes, MAX_HASH_RECIPES, readHashRecipes } from './hash-recipes.ts';
import { openSpoolFile } from './spool-file.ts';

export interface ImportUsersResult {
  readonly outcome: UserImportOutcome;
  /** False when the transaction has to be taken back. */
  readonly isKept: boolean;
}

const REPORT_EVERY = 1_000;

/** Writes the accounts of a file. Runs inside of a transaction of its own, which the caller commits or takes back. */
export function importUsers(
  db: Database,
  request: UserImportRequest,
  report: (rowsDone: number) => void,
): ImportUsersResult {
  const file = openSpoolFile<UserImportRow>(request.file);
  const recipes = new Set(readHashRecipes(db));
  const add = createAdding(db, request, recipes);
  const counts = { created: 0, admins: 0, adminsAsUsers: 0, withoutPassword: 0, skipped: 0 };
  const skippedLines: number[] = [];
  const errors: FileFault[] = [];
  let failed = 0;
  let done = 0;

  function count({ isAdmin, passwordHash }: UserImportRow): void {
    counts.created++;
    if (isAdmin) counts[request.keepsAdmins ? 'admins' : 'adminsAsUsers']++;
    if (findRecipe(passwordHash) === undefined) counts.withoutPassword++;
  }

  try {
    for (const { row } of file.rows()) {
      const fault = add(row);
      if (fault === undefined) count(row);
      else if (fault === 'skipped') {
        counts.skipped++;
        if (skippedLines.length < MAX_SHOWN_FAULTS) skippedLines.push(row.line);
      } else {
        failed++;
        if (errors.length < MAX_SHOWN_FAULTS) errors.push({ line: row.line, ...fault });
      }
      if (++done % REPORT_EVERY === 0) report(done);
    }
  } finally {
    file.close();
  }
  addHashRecipes(db, recipes);
  report(done);
  const isGood = failed + request.failedBefore === 0 || request.isPartial;
  const isKept = isGood && !request.isDryRun;
  const told = isKept || request.isDryRun ? counts : { ...counts, ...NOTHING };
  return { isKept, outcome: { ...told, skippedLines, failed, errors: firstFaults(errors) } };
}

const NOTHING = { created: 0, admins: 0, adminsAsUsers: 0, withoutPassword: 0 } as const;

/** Adds an account, and its recipe to those that there are; answers why it did not. */
function createAdding(db: Database, { keepsAdmins, at }: UserImportRequest, recipes: Set<string>) {
  const last = db.query<{ seq: number }, []>('SELECT coalesce(max(rowid), 0) AS seq FROM user');
  /** Accounts behind this one are of this file. */
  const lastBefore = last.get()?.seq ?? 0;
  const byEmail = db.query<{ seq: number }, [string]>(
    'SELECT rowid AS seq FROM user WHERE email = ?',
  );
  const byId = db.query<unknown, [string]>('SELECT 1 FROM user WHERE id = ?');
  const insert = db.query<
    unknown,
    [string, string, string, number, number, number, string, string]
  >(
    `INSERT INTO user (id, email, password_hash, is_admin, is_active, email_verified, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  return (row: UserImportRow): Omit<FileFault, 'line'> | 'skipped' | undefined => {
    const { id, email, passwordHash, isAdmin, isActive, isEmailVerified, createdAt } = row;
    const same = byEmail.get(email);
    if (same !== null) {
      if (same.seq <= lastBefore) return 'skipped';
      return { loc: ['email'], msg: 'stands in an earlier row too; upper and lower case are one' };
    }
    if (byId.get(id) !== null)
      return { loc: ['id'], msg: 'is the id of an account with another e-mail address' };
    const recipe = findRecipe(passwordHash);
    if (recipe !== undefined && recipe !== CURRENT_RECIPE) {
      if (recipes.size >= MAX_HASH_RECIPES && !recipes.has(recipe)) return tooManyRecipes(recipe);
      recipes.add(recipe);
    }
    const flags = [isAdmin && keepsAdmins, isActive, isEmailVerified].map(Number);
    const [admin = 0, active = 0, verified = 0] = flags;
    insert.run(id, email, passwordHash, admin, active, verified, createdAt, at);
    return undefined;
  };
}

function tooManyRecipes(recipe: string): Omit<FileFault, 'line'> {
  return {
    loc: ['password_hash'],
    msg: `begins with ${recipe}, and accounts have ${MAX_HASH_RECIPES} other algorithms and costs already: each makes every sign-in slower`,
  };
}
