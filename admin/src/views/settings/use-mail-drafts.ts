import { reactive } from 'vue';
import { api } from '../../api/client.ts';
import type { MailKind, MailPreviewAnswer, MailTemplate, Settings } from '../../api/types.ts';
import { MAIL_KINDS, type MailParts, PARTS } from './mail-words.ts';

const PREVIEW = '/api/admin/settings/mail/preview';

/** A mail with sample values, made from the own parts that are given. */
export function previewMail(
  kind: MailKind,
  template: MailTemplate,
  signal: AbortSignal,
): Promise<MailPreviewAnswer> {
  return api.post<MailPreviewAnswer>(PREVIEW, { kind, template }, { signal });
}

interface Draft extends MailParts {
  /** The texts that come with the server, and what they can say. */
  readonly base: Pick<MailPreviewAnswer, 'template' | 'variables'>;
}

/** The texts of every mail as they are being written; those of a kind come when it is first opened. */
export function useMailDrafts(stored: () => Settings['mail_templates']) {
  const drafts = reactive(new Map<MailKind, Draft>());

  function storedParts(kind: MailKind): MailParts | undefined {
    const base = drafts.get(kind)?.base.template;
    return base && { ...base, ...stored()[kind] };
  }

  /** What differs from the texts that come with the server; nothing of it is stored twice. */
  function ownParts(kind: MailKind): MailTemplate {
    const draft = drafts.get(kind);
    return Object.fromEntries(
      PARTS.flatMap((part) =>
        draft && draft[part] !== draft.base.template[part] ? [[part, draft[part]]] : [],
      ),
    );
  }

  function isChanged(kind: MailKind): boolean {
    const draft = drafts.get(kind);
    const before = storedParts(kind);
    return draft !== undefined && PARTS.some((part) => draft[part] !== before?.[part]);
  }

  return {
    drafts,
    ownParts,
    isChanged,
    changed: () => MAIL_KINDS.filter(isChanged),
    async open(kind: MailKind, signal: AbortSignal): Promise<void> {
      if (drafts.has(kind)) return;
      const { template, variables } = await previewMail(kind, {}, signal);
      drafts.set(kind, { ...template, ...stored()[kind], base: { template, variables } });
    },
    undo(kind: MailKind): void {
      const draft = drafts.get(kind);
      const before = storedParts(kind);
      if (draft && before) Object.assign(draft, before);
    },
    /** The texts that come with the server, as a draft. */
    reset(kind: MailKind): void {
      const draft = drafts.get(kind);
      if (draft) Object.assign(draft, draft.base.template);
    },
  };
}
