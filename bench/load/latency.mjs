// How long the same request takes, by turns with others.
export const latencyOf = async (server, address, rounds) => {
  const times = [];
  let answer;
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    answer = (await server.need(200, 'GET', address)).json;
    if (round > 0) {
      times.push(performance.now() - began);
    }
  }
  times.sort((left, right) => left - right);
  return { answer, best: times[0], median: times[Math.floor(times.length / 2)], worst: times.at(-1) };
};

export const milliseconds = (value) => value.toFixed(value < 10 ? 1 : 0);
