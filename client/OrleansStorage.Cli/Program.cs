using OrleansStorage.Cli;

return await new Commands().RunAsync(args);
