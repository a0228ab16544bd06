/** Problems as people see them: dismissed warnings are listed, not counted. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { type Dismissal, dismissalsQuery, putDismissals } from '../inspector/queries';
import type { Problem } from '../model';
import { useEditor } from '../store';

export interface Sorted {
  /** Errors first. */
  shown: Problem[];
  errors: number;
  warnings: number;
  dismissed: { problem: Problem; dismissal: Dismissal }[];
}

export function useProblems(): Sorted {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const problems = useEditor((state) => state.validation.problems);
  const { data } = useQuery(dismissalsQuery(gateway, route));
  return useMemo(() => {
    const dismissed = problems.flatMap((problem) => {
      const dismissal = problem.severity === 'warning' ? data?.find((each) => each.code === problem.code && each.node === problem.node) : undefined;
      return dismissal === undefined ? [] : [{ problem, dismissal }];
    });
    const hidden = new Set(dismissed.map(({ problem }) => problem));
    const shown = problems.filter((problem) => !hidden.has(problem)).toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
    const errors = shown.filter(({ severity }) => severity === 'error').length;
    return { shown, errors, warnings: shown.length - errors, dismissed };
  }, [problems, data]);
}

/** Dismissing a warning with a reason, and taking that back. The reason stays on the route. */
export function useDismiss() {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ problem, reason }: { problem: Problem; reason: string | null }) => {
      const known = await client.fetchQuery({ ...dismissalsQuery(gateway, route), staleTime: 0 });
      const others = known.filter((each) => each.code !== problem.code || each.node !== problem.node);
      await putDismissals(gateway, route, reason === null ? others : [...others, { code: problem.code, node: problem.node, reason }]);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['dismissals', gateway, route] }),
  });
}
