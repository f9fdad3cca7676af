/** How a call ended, wherever it ran, with the keys of the API. */
export type ShownCall =
  | {
      readonly status: 'succeeded';
      readonly call_id: string;
      readonly result: unknown;
      readonly logs: readonly string[];
    }
  | {
      /** Without the envelope: the function made the answer itself. */
      readonly status: 'answered';
      readonly call_id: string | null;
      readonly http_status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
      readonly logs: readonly string[];
    }
  | {
      readonly status: 'failed';
      readonly call_id: string;
      readonly error: string;
      readonly error_type: string;
      readonly stack: string | null;
      readonly data: unknown;
      readonly logs: readonly string[];
    };
