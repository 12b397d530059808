using System.Text.Json;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Applying;

/// <summary>
/// Says what happens to the applications that are held: results on standard output, trouble on standard error. What concerns all
/// of them at once, such as a server that is away, is said once and not once per application.
/// </summary>
internal sealed class ApplyReport : ILeaseObserver
{
    private readonly CliContext _context;
    private readonly OutputFormat _format;
    private readonly ServerAddress _server;
    private readonly int _total;

    // Locking
    //   _gate     guards all fields below and keeps lines whole. Writing a line under it is meant: order is what a reader wants.
    private readonly Lock _gate = new();
    private readonly HashSet<LeasedApplication> _applied = [];
    private readonly HashSet<LeasedApplication> _failing = [];
    private readonly HashSet<(LeasedApplication Application, LostInstance.Types.Cause Cause)> _lossTold = [];
    private bool _holdingTold;

    /// <param name="context">Where to write.</param>
    /// <param name="globals">How, and which server it is about.</param>
    /// <param name="total">How many applications there are with something to hold.</param>
    public ApplyReport(CliContext context, Globals globals, int total)
    {
        _context = context;
        _format = globals.Output;
        _server = globals.Server;
        _total = total;
    }

    public void OnRegistered(LeasedApplication application, long revision)
    {
        lock (_gate)
        {
            var isNew = _applied.Add(application);
            Tell(
                new ApplyJson(
                    Now(),
                    isNew ? "applied" : "reapplied",
                    application.Application,
                    Instances: application.Count,
                    Builds: application.Builds.Count,
                    Revision: revision),
                $"{(isNew ? "applied" : "applied again")} {application.Application}: {Plural.Of(application.Count, "instance")}, "
                + $"{Plural.Of(application.Builds.Count, "build")}, revision {revision}");
            if (_applied.Count == _total && !_holdingTold)
            {
                _holdingTold = true;
                var instances = _applied.Sum(applied => applied.Count);
                Tell(
                    new ApplyJson(Now(), "holding", Applications: _total, Instances: instances),
                    $"holding {Plural.Of(instances, "instance")} of {Plural.Of(_total, "application")} until SIGINT or SIGTERM");
            }
        }
    }

    /// <summary>An application without instances: its builds are declared, there is nothing to hold.</summary>
    public void OnDeclared(string application, int builds, long revision)
    {
        lock (_gate)
        {
            Tell(
                new ApplyJson(Now(), "applied", application, Instances: 0, Builds: builds, Revision: revision),
                $"applied {application}: {Plural.Of(0, "instance")}, {Plural.Of(builds, "build")}, revision {revision}");
        }
    }

    public void OnLost(LeasedApplication application, IReadOnlyList<LostInstance> lost)
    {
        lock (_gate)
        {
            foreach (var byCause in lost.GroupBy(instance => instance.Cause))
            {
                var count = byCause.Count();
                if (_format == OutputFormat.Json)
                {
                    Tell(
                        new ApplyJson(
                            Now(),
                            "lost",
                            application.Application,
                            Instances: count,
                            Cause: JsonNamingPolicy.CamelCase.ConvertName(byCause.Key.ToString())),
                        "");
                }

                if (_lossTold.Add((application, byCause.Key)))
                {
                    var what = byCause.Key == LostInstance.Types.Cause.Deregistered ? "deregistered by somebody else" : "taken over by another process";
                    Warn($"{application.Application}: {Plural.Of(count, "instance")} {(count == 1 ? "was" : "were")} {what}, not held any more");
                }
            }
        }
    }

    public void OnFailure(LeasedApplication application, RegistryFault fault)
    {
        lock (_gate)
        {
            if (_failing.Add(application) && _failing.Count == 1)
            {
                Warn($"{ErrorLine.Describe(fault, _server)}; trying again");
            }
        }
    }

    public void OnSuccess(LeasedApplication application)
    {
        lock (_gate)
        {
            if (_failing.Remove(application) && _failing.Count == 0)
            {
                Warn("the server answers again");
            }
        }
    }

    /// <summary>The end in good order.</summary>
    public void OnDeregistered(int applications, long instances)
    {
        lock (_gate)
        {
            Tell(
                new ApplyJson(Now(), "deregistered", Applications: applications, Instances: instances),
                $"deregistered {Plural.Of(instances, "instance")} of {Plural.Of(applications, "application")}");
        }
    }

    public void Warn(RegistryFault fault, string what = "") => Warn(what + ErrorLine.Describe(fault, _server));

    public void Warn(string message)
    {
        lock (_gate)
        {
            _context.Error.WriteLine(ErrorLine.Of(message));
        }
    }

    private void Tell(ApplyJson json, string line) =>
        _context.Out.WriteLine(_format == OutputFormat.Json ? JsonOutput.Write(json, JsonOutput.Lines.ApplyJson) : line);

    private string Now() => Timestamp.Of(_context.Time.GetUtcNow());
}
