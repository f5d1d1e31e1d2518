package models

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// onBoth are the tests that say what every database must do. They run as they are on
// SQLite and once more on PostgreSQL.
var onBoth = []func(*testing.T){
	TestMultiply,
	TestARevisionThatWasSeenIsChangedOrNone,
	TestItemsThatAreNoInput,
	TestRedrivenExecutionIsKept,
	TestFamiliesLeaveInOrder,
	TestAccessKeysLive,
	TestDemoAccessKeyIsSeededOnce,
	TestSecretsStayTheSame,
	TestOneOfTwoApproversDecides,
	TestWhoMayNotDecide,
	TestTooLateToDecide,
	TestDecidedOutsideTheInbox,
	TestAskingAgain,
	TestOnesOwnApprovalsAreTakenOff,
	TestApprovalsAreCountedToABound,
	TestInbox,
	TestOrdersInMemoryAreWhatIsStored,
	TestAttemptsRunOutAndComeBack,
	TestAttemptsAtTheSameTimeAllCount,
	TestCheckBooksFindsWhatDoesNotAddUp,
	TestHistoriesAreCheckedWhileTheyGrow,
	TestCheckBooksLeavesOrdersAloneThatPeopleCarryOutThemselves,
	TestStockCannotGoBelowZero,
	TestAuditTrailIsAppendOnly,
	TestExecutionsAreFiltered,
	TestExecutionsInPages,
	TestManyNamesWithOnePrefix,
	TestExecutionsByName,
	TestExecutionsAreCounted,
	TestChildrenOfMapRunsAreListedWithThem,
	TestExecutionSurvivesReopening,
	TestHistoryHasNoGaps,
	TestARowThatCameBackIsFenced,
	TestHistoryIsAppendOnly,
	TestHistoryInParts,
	TestIDIsUsedOnce,
	TestRefusedEffectUndoesEarlierEffects,
	TestHistoryIsReadBothWays,
	TestTopicsArePublishedWhenCommitted,
	TestCommitPublishesItsTopics,
	TestBuiltInStateMachines,
	TestAChangedBuiltInIsNotTakenOver,
	TestWhatAMachineStandsForIsNeverOld,
	TestVersionsAndAliasesAreLimited,
	TestRevisionsAreCountedOnAfterADeletion,
	TestMailIsPostedOncePerKey,
	TestMailIsClaimedByOneSender,
	TestADistributedMapWorksOffItsItems,
	TestADistributedMapFailsBeyondItsThreshold,
	TestADistributedMapReadsAndWritesFiles,
	TestAFileThatIsNotThereFailsTheMap,
	TestAMapRunSurvivesItsEngine,
	TestStoppingTheParentStopsItsMapRun,
	TestARedriveGoesOnWithTheFailedChildren,
	TestARedriveStartsExpressChildrenAnew,
	TestARedriveOfAMapRunSurvivesItsEngine,
	TestAMapRunWithoutAParentIsEnded,
	TestAMapRunIsOpenedOnce,
	TestMapItemsStartOnce,
	TestMapRunsChangeCloseAndGoOn,
	TestMetricsCountWhatIsCommitted,
	TestMetricsCatchUpWhileOthersCommit,
	TestMetricsOfRedrivenExecutions,
	TestListOfMetrics,
	TestMetricsGrowCoarse,
	TestAnOfferIsPublished,
	TestADeletedMachinesExecutionsGiveUpTheirNames,
	TestOrderIsReadAsPlaced,
	TestOrderIsPlacedOnce,
	TestOneFormMakesOneOrder,
	TestOrdersAreListedNewestFirst,
	TestOrderStatus,
	TestCancelOnlyWhileItCanBe,
	TestEitherCancelledOrShipped,
	TestShipmentIsReadAsBooked,
	TestFunctionsAreRegisteredOnce,
	TestRotatedSecretSignsForADay,
	TestLatestCallIsNoted,
	TestPublishedMessageReachesEverySubscriber,
	TestMessageToARemovedTopicIsRefused,
	TestDeliveriesAreClaimedRetriedAndGivenUp,
	TestSubscriptions,
	TestConnections,
	TestPaymentMovesOnlyFromWhatWasRead,
	TestPaymentHasOneCurrency,
	TestOnePaymentOfTwoIsWritten,
	TestPersonIsFoundByEveryName,
	TestPeopleDoNotShareNames,
	TestLastAdministratorStays,
	TestFirstAdministratorOnce,
	TestCredentialsHaveADate,
	TestAPIKey,
	TestRedriveTokens,
	TestSeedFillsAnEmptyDatabaseOnce,
	TestSampleShowsBothSidesOfTheLimit,
	TestSeedWithoutPeople,
	TestSettingsHoldUntilChanged,
	TestSlowReadDoesNotBringBackOldSettings,
	TestSandboxUpdatesDoNotOverlap,
	TestSessionsExpire,
	TestStateMachinesAreListed,
	TestLayoutBelongsToAVersion,
	TestReserveTakesAllLinesOrNone,
	TestReserveAddsUpLinesOfOneItem,
	TestReserveOncePerOrder,
	TestLastUnitGoesToOneBuyer,
	TestStockIsCountedAndAdjusted,
	TestMovementsArePagedNewestFirst,
	TestAddItem,
	TestStoreContract,
	TestWorlds,
	TestWorldsOfOrders,
	TestQueuedWritesShareACommit,
	TestGroupsAreBounded,
	TestFailedWriteTakesNothingWithIt,
	TestFailingCommitFailsEverybody,
	TestARefusalFallsWithItsGroup,
	TestWithdrawnWriteIsNotPerformed,
	TestBegunWriteIsFinished,
	TestNestedTransactionIsASavepoint,
	TestCloseFinishesWhatIsQueued,
	TestReadersCannotWrite,
	TestEffectOfAnotherStoreIsRefused,
}

func TestOnPostgres(t *testing.T) {
	for _, test := range onBoth {
		t.Run(nameOf(test), test)
	}
}

func nameOf(test func(*testing.T)) string {
	name := runtime.FuncForPC(reflect.ValueOf(test).Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// notOnPostgres are the tests that are about files, plans or no database at all.
var notOnPostgres = strings.Fields(`
	TestRepeatedPayloadsAreReadAsTheyWere
	TestAPayloadIsStoredOnce
	TestAReferenceThatLeadsNowhereIsAnError
	TestFailedBareWriteFailsTheWholeGroup
	TestFreshRefusesWhatHoldsData
	TestDatabaseDescribesItself
	TestSizeAndCheckpoints
	TestUnreadableHistoryIsFound
	TestMove
	TestMoveGoesOn
	TestMoveIsMarkedFirst
	TestMoveNoticesWhatChanged
	TestClosedExecutionsAreForgotten
	TestRowsAreNotNumberedAgain
	TestTheFileShrinks
	TestCompactMakesAnOldFileShrinkable
	TestCopyHasWhatIsInTheLog
	TestCopyIsGivenUp
	TestVerifyFindsDamage
	TestListsOfExecutionsAreQuick
	TestStatementsUseTheirIndexes
	TestANameIsFoundAmongManyExecutions
	TestASlowReadDoesNotPutAnOldOrderBack
	TestEventsKeepEveryDetail
	TestBadPayloadIsRefused
	TestSubscribersHearOfTheirTopics
	TestMetricsAreCountedAgainFromTheHistory
	TestMetricsAreCountedOnceAfterAFailedWrite
	TestPercentiles
	TestChildrenAndOffersUseTheirIndexes
	TestConnectionsAreDurable
	TestUndurableConnectionIsRefused
	TestFilesAreTheOwnersOnly
	TestAnyFileNameWillDo
	TestOneProcessAtATime
	TestUnusableDatabases
	TestUnusableNames
	TestNothingIsAcknowledgedOnceTheFileIsGone
	TestAFullDiskIsSaidPlainly
	TestOtherFailuresAreNoDamage
	TestADamagedFileIsNotReady
	TestAFullDiskFillsNoLog
	TestDamagedFilesAreNotOpened
	TestReadersAreGathered
	TestWalls
	TestLostTransactionFailsTheWholeGroup
	TestAnothersRefusalIsNobodyElses
`)

func TestEveryTestRunsOnPostgres(t *testing.T) {
	known := map[string]bool{"TestOnPostgres": true, "TestEveryTestRunsOnPostgres": true}
	for _, test := range onBoth {
		known[nameOf(test)] = true
	}
	for _, name := range notOnPostgres {
		known[name] = true
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(file, "postgres_") {
			continue // PostgreSQL alone
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(f.Name.Name, "Test") && !known[f.Name.Name] {
				t.Errorf("%s (%s) stands neither in onBoth nor in notOnPostgres", f.Name.Name, file)
			}
		}
	}
}
