using Registry.LoadTests.CommandLine;

return await LoadCommandLine.RunAsync(args);
