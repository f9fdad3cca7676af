import { computed, type InjectionKey, inject, onScopeDispose, provide, reactive, watch } from 'vue';
import { ApiError, api } from '../../api/client.ts';
import { wordsFor } from '../../api/error-words.ts';
import type { Settings, SettingsPatch } from '../../api/types.ts';
import { useAsync } from '../../composables/use-async.ts';
import { useInstance } from '../../stores/instance.ts';
import { useToasts } from '../../stores/toasts.ts';

const PATH = '/api/admin/settings';

/** What the sections of the page share: the stored settings, and which sections hold changes. */
function createSettings() {
  const instance = useInstance();
  const toasts = useToasts();
  const { data, error, isLoading, isPending, run, retry } = useAsync((signal) =>
    api.get<Settings>(PATH, undefined, { signal }),
  );
  const dirty = reactive(new Set<string>());

  /**
   * Saves one section. A refusal that names fields is thrown for the section to show; every other is
   * told here, and false is answered.
   */
  async function save(patch: SettingsPatch, done: string): Promise<boolean> {
    try {
      data.value = await api.patch<Settings>(PATH, patch);
      instance.name = data.value.instance_name;
      toasts.show(done);
      return true;
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 401) return false;
      if (caught instanceof ApiError && caught.faults.length > 0) throw caught;
      const words = wordsFor(caught);
      toasts.error(`Not saved. ${words.title}. ${words.text}`);
      // Locked since the page was opened: show it.
      if (caught instanceof ApiError && caught.status === 409) void run();
      return false;
    }
  }

  void run();
  return { settings: data, error, isLoading, isPending, retry, dirty, save };
}

const KEY: InjectionKey<ReturnType<typeof createSettings>> = Symbol('settings');

/** Once, in the page. */
export function provideSettings(): ReturnType<typeof createSettings> {
  const shared = createSettings();
  provide(KEY, shared);
  return shared;
}

/** For a section, which is only shown once the settings are there. */
export function useSettings() {
  const shared = inject(KEY);
  if (shared === undefined) throw new Error('No page provides the settings');
  const settings = computed(() => {
    if (shared.settings.value === undefined) throw new Error('The settings have not come yet');
    return shared.settings.value;
  });
  return {
    settings,
    save: shared.save,
    /** Where a key is set instead of here. */
    lockOf: (key: keyof Settings) => settings.value.locked.find((lock) => lock.key === key)?.origin,
    /** Notes whether the section holds changes, for as long as it is there. */
    markDirty(section: string, isDirty: () => boolean) {
      watch(isDirty, (is) => (is ? shared.dirty.add(section) : shared.dirty.delete(section)));
      onScopeDispose(() => shared.dirty.delete(section));
    },
  };
}
